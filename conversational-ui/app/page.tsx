import { redirect } from "next/navigation";

/** To the space that was used last, or to choosing one. */
export default function Home() {
  redirect("/chat");
}
