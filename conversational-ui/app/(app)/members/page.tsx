import type { Metadata } from "next";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";

export const metadata: Metadata = { title: "Members" };

export default function ThisPage() {
  return <InSpace title="Members">{() => <Page title="Members">{null}</Page>}</InSpace>;
}
