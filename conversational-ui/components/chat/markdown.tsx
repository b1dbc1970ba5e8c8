"use client";

import { type ReactNode, useContext, useSyncExternalStore } from "react";
import { type Components, defaultRehypePlugins, Streamdown } from "streamdown";
import { Citations } from "@/components/chat/citations";
import { OutsideLink } from "@/components/chat/outside-link";
import * as texts from "@/components/chat/texts";
import { withFormulaeAsTyped } from "@/lib/chat/formulae";
import { hostElsewhere, linkUrl } from "@/lib/chat/links";
import { pageKey } from "@/lib/chat/sources";

/** Without rehype-raw: HTML in an answer stays text. */
const REHYPE = ["sanitize", "harden"].flatMap((name) => {
  const plugin = defaultRehypePlugins[name];
  return plugin ? [plugin] : [];
});

const LINK = "break-words underline decoration-line-strong underline-offset-3 hover:decoration-ink";

interface Given {
  href?: string;
  alt?: string;
  children?: ReactNode;
}

const neverChanges = () => () => {};

/** With its number among the sources, where it is one. */
function Cited({ href, children }: Given) {
  const address = linkUrl(href);
  const siteOrigin = useSyncExternalStore(
    neverChanges,
    () => window.location.origin,
    () => "", // the server does not know by which address it is reached
  );
  const number = useContext(Citations).get((address && pageKey(address)) ?? "");
  if (address === null) return <span>{children}</span>;
  const elsewhere = hostElsewhere(address, siteOrigin);
  if (elsewhere !== null) {
    return (
      <OutsideLink address={address} host={elsewhere} className={LINK}>
        {children}
      </OutsideLink>
    );
  }
  return (
    <>
      <a href={address} target="_blank" rel="noopener noreferrer" title={address} className={LINK}>
        {children}
      </a>
      {number !== undefined && (
        <sup className="ml-0.5 text-[0.6875em] font-medium text-ink-soft">
          <span className="sr-only">{texts.citedSource}</span>
          {number}
        </sup>
      )}
    </>
  );
}

/** Of a list of tasks: nothing stands beside it that names it. */
const Task = ({ checked = false }: { checked?: boolean }) => (
  <input
    type="checkbox"
    disabled
    checked={checked}
    aria-label={checked ? texts.done : texts.toDo}
  />
);

const COMPONENTS = {
  a: Cited,
  input: Task,
  // Whoever wrote a page could see by an image's request that, and what, somebody reads.
  img: ({ alt }: Given) => <span className="text-ink-soft">{texts.image(alt)}</span>,
} as Components;

const CONTROLS = {
  code: { copy: true, download: false },
  table: { copy: true, download: false, fullscreen: false },
  mermaid: false,
  image: false,
} as const;

/** An answer's Markdown, as it comes. What it may not do is decided here, not by who wrote it. */
export default function Markdown({ text, live }: { text: string; live: boolean }) {
  return (
    <Streamdown
      className="chat-markdown"
      mode={live ? "streaming" : "static"}
      isAnimating={live}
      rehypePlugins={REHYPE}
      components={COMPONENTS}
      controls={CONTROLS}
      linkSafety={{ enabled: false }} // OutsideLink asks, by a dialog that keeps the focus
      disableAutolinkProtocols={["mailto", "http", "xmpp"]}
      lineNumbers={false}
      tableMaxHeight={0}
    >
      {withFormulaeAsTyped(text)}
    </Streamdown>
  );
}
