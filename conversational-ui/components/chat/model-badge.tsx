import { Bot, Sparkles } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { Tooltip } from "@/components/ui/tooltip";
import type { ModelInfo } from "@/lib/chat/model-info";

const SCRIPTED =
  "This demonstration's model follows rules and understands nothing. Plain requests work: find, summarise, create, change.";

/** Which model answers, called what it is. */
export function ModelBadge({ model }: { model: ModelInfo }) {
  if (!model.scripted) {
    return (
      <Badge tone="plain" className="max-w-44">
        <Sparkles aria-hidden="true" />
        <span className="truncate">
          <span className="sr-only">Model: </span>
          {model.name}
        </span>
      </Badge>
    );
  }
  return (
    <Tooltip text={SCRIPTED}>
      <button type="button" className="inline-flex rounded-full" aria-description={SCRIPTED}>
        <Badge tone="warn">
          <Bot aria-hidden="true" />
          <span>
            Scripted demo<span className="max-sm:sr-only"> model</span>
          </span>
        </Badge>
      </button>
    </Tooltip>
  );
}
