import type { Metadata } from "next";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";

export const metadata: Metadata = { title: "Gateway tokens" };

export default function ThisPage() {
  return (
    <InSpace title="Gateway tokens">{() => <Page title="Gateway tokens">{null}</Page>}</InSpace>
  );
}
