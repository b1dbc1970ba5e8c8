import * as texts from "@/components/console/texts";
import { Spinner } from "@/components/ui/button";

export const LoadingForm = () => (
  <p className="flex items-center gap-2.5 p-5 text-sm text-ink-soft" role="status">
    <Spinner />
    {texts.loadingTheForm}
  </p>
);
