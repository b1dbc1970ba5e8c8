import { Eye, Pencil, TriangleAlert } from "lucide-react";
import * as texts from "@/components/chat/console-texts";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import type { ToolKind } from "@/lib/chat/tool";

const KINDS: Record<ToolKind, { label: string; tone: BadgeTone; icon: typeof Eye }> = {
  read: { label: texts.read, tone: "plain", icon: Eye },
  write: { label: texts.write, tone: "warn", icon: Pencil },
  destructive: { label: texts.destructive, tone: "bad", icon: TriangleAlert },
};

/** What a tool may do, as Notion says. */
export function KindBadge({ kind }: { kind: ToolKind }) {
  const { label, tone, icon: Icon } = KINDS[kind];
  return (
    <Badge tone={tone}>
      <Icon aria-hidden="true" />
      {label}
    </Badge>
  );
}
