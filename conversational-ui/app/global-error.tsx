"use client";

import "./globals.css";
import ErrorPage from "./error";

export default function GlobalError(props: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <html lang="en" data-theme="system">
      <body className="min-h-dvh font-sans">
        <ErrorPage {...props} />
      </body>
    </html>
  );
}
