import { Page } from "@/components/shell/page";

/** Where a page will stand, while the gateway is asked for what is on it. */
export function PagePlaceholder({ title }: { title: string }) {
  return (
    <Page title={title} lead={<span className="block h-5.5 w-2/3 rounded-md bg-hover" />}>
      <div role="status" className="flex flex-col gap-6">
        <span className="sr-only">Loading…</span>
        <div aria-hidden="true" className="h-36 rounded-xl border border-line bg-surface" />
        <div aria-hidden="true" className="h-36 rounded-xl border border-line bg-surface" />
      </div>
    </Page>
  );
}
