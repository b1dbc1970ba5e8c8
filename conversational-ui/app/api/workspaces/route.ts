import { workspacesOf } from "@/lib/server/notion";
import { route } from "@/lib/server/route";

export const GET = route(({ person }) => workspacesOf(person));
