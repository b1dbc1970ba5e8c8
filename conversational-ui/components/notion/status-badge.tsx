import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, LoaderCircle } from "lucide-react";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import type { ConnectionView } from "@/lib/connection";

const LOOK: Record<ConnectionView["state"], { tone: BadgeTone; icon: typeof CircleCheck }> = {
  connected: { tone: "good", icon: CircleCheck },
  checking: { tone: "plain", icon: LoaderCircle },
  recorded: { tone: "plain", icon: CircleCheck },
  unverified: { tone: "warn", icon: CircleHelp },
  reconnect: { tone: "bad", icon: CircleAlert },
  disconnected: { tone: "plain", icon: CircleDashed },
};

const INK: Partial<Record<BadgeTone, string>> = {
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
};

/** The same in one sign, for where the words stand beside it or are said by its name. */
export function ConnectionIcon({ view }: { view: ConnectionView }) {
  const { tone, icon: Icon } = LOOK[view.state];
  return (
    <Icon
      aria-hidden="true"
      className={cn(
        "size-4",
        INK[tone] ?? "text-ink-soft",
        view.state === "checking" && "animate-spin",
      )}
    />
  );
}

export function StatusBadge({ view }: { view: ConnectionView }) {
  const { tone, icon: Icon } = LOOK[view.state];
  return (
    <Badge tone={tone} data-state={view.state}>
      <Icon aria-hidden="true" className={view.state === "checking" ? "animate-spin" : undefined} />
      {view.label}
    </Badge>
  );
}
