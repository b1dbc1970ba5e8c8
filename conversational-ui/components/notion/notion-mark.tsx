/** A page with lines: what is connected, without anybody's trademark. */
export function NotionMark() {
  return (
    <span
      aria-hidden="true"
      className="grid size-11 shrink-0 place-items-center rounded-xl border border-line bg-canvas"
    >
      <svg
        aria-hidden="true"
        viewBox="0 0 24 24"
        className="size-6"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
      >
        <path d="M6 3.5h8.2L18 7.3v13.2H6z" strokeLinejoin="round" />
        <path d="M14 3.8v3.7h3.8M9 12h6M9 15.5h4" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </span>
  );
}
