import * as texts from "@/components/chat/texts";
/** Names a page of the server's own for a result, which is not shown: no script of it runs here. */
export function AppNote({ uri }: { uri: string }) {
  return (
    <p className="text-[0.8125rem] break-words text-ink-soft">
      {texts.notionHasAPage(<code className="font-mono text-xs">{uri}</code>)}
    </p>
  );
}
