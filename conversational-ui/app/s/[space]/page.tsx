import { redirect } from "next/navigation";
import { InSpace } from "@/components/spaces/in-space";
import * as texts from "@/components/spaces/texts";
import { spacePath } from "@/lib/space-paths";

export default function SpaceHome({ params }: PageProps<"/s/[space]">) {
  return (
    <InSpace title={texts.chat} params={params}>
      {({ space_id }) => redirect(spacePath(space_id, "chat"))}
    </InSpace>
  );
}
