import { redirect } from "next/navigation";
import * as texts from "@/components/console/texts";
import { InSpace } from "@/components/spaces/in-space";
import { spacePath } from "@/lib/space-paths";

/** The address of the tools from when they were a part of the chat. */
export default function FormerToolsPage({ params }: PageProps<"/s/[space]/chat/tools">) {
  return (
    <InSpace title={texts.tools} params={params}>
      {({ space_id }) => redirect(spacePath(space_id, "tools"))}
    </InSpace>
  );
}
