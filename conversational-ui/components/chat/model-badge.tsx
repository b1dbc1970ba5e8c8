import { Bot, Sparkles } from "lucide-react";
import * as texts from "@/components/chat/texts";
import { Badge } from "@/components/ui/badge";
import { Tooltip } from "@/components/ui/tooltip";
import type { ModelInfo } from "@/lib/chat/model-info";

const SCRIPTED = texts.thisDemonstrationsModel;

/** Which model answers, called what it is. */
export function ModelBadge({ model }: { model: ModelInfo }) {
  if (!model.scripted) {
    return (
      <Badge tone="plain" className="max-w-44">
        <Sparkles aria-hidden="true" />
        <span className="truncate">
          <span className="sr-only">{texts.model}</span>
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
            {texts.scriptedDemo}
            <span className="max-sm:sr-only">{texts.demoModel}</span>
          </span>
        </Badge>
      </button>
    </Tooltip>
  );
}
