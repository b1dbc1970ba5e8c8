import { Eye, Pencil, TriangleAlert } from "lucide-react";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import type { ToolKind } from "@/lib/chat/tool";

const KINDS: Record<ToolKind, { label: string; tone: BadgeTone; icon: typeof Eye }> = {
  read: { label: "Read", tone: "plain", icon: Eye },
  write: { label: "Write", tone: "warn", icon: Pencil },
  destructive: { label: "Destructive", tone: "bad", icon: TriangleAlert },
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
