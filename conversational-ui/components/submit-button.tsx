"use client";

import { useFormStatus } from "react-dom";
import { Button, type ButtonProps } from "@/components/ui/button";

/** Shows that its form is on its way. */
export function SubmitButton(props: Omit<ButtonProps, "type" | "busy">) {
  return <Button {...props} type="submit" busy={useFormStatus().pending} />;
}
