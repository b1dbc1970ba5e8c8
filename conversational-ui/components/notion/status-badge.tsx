import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, LoaderCircle } from "lucide-react";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import type { ConnectionView } from "@/lib/connection";

const LOOK: Record<ConnectionView["state"], { tone: BadgeTone; icon: typeof CircleCheck }> = {
  connected: { tone: "good", icon: CircleCheck },
  checking: { tone: "plain", icon: LoaderCircle },
  recorded: { tone: "plain", icon: CircleCheck },
  unverified: { tone: "warn", icon: CircleHelp },
  reconnect: { tone: "bad", icon: CircleAlert },
  disconnected: { tone: "plain", icon: CircleDashed },
};

export function StatusBadge({ view }: { view: ConnectionView }) {
  const { tone, icon: Icon } = LOOK[view.state];
  return (
    <Badge tone={tone} data-state={view.state}>
      <Icon aria-hidden="true" className={view.state === "checking" ? "animate-spin" : undefined} />
      {view.label}
    </Badge>
  );
}
