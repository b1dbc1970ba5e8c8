import type { Metadata } from "next";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";

export const metadata: Metadata = { title: "Integrations" };

export default function ThisPage() {
  return <InSpace title="Integrations">{() => <Page title="Integrations">{null}</Page>}</InSpace>;
}
