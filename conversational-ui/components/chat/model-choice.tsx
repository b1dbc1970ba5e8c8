import dynamic from "next/dynamic";
import { ModelBadge } from "@/components/chat/model-badge";
import type { Owner } from "@/lib/chat/conversations";
import type { ModelInfo } from "@/lib/chat/model-info";

/** The choice is the browser's: no server renders it. */
const ModelMenu = dynamic(() => import("@/components/chat/model-menu"), { ssr: false });

/** The name of the model that answers; where several are configured, the choice of one. */
export function ModelChoice({
  owner,
  id,
  models,
}: {
  owner: Owner;
  /** The conversation; null until it is known which one is open. */
  id: string | null;
  models: ModelInfo[];
}) {
  const [only, another] = models;
  if (only && !another) return <ModelBadge model={only} />;
  return id === null ? null : <ModelMenu key={id} owner={owner} id={id} models={models} />;
}
