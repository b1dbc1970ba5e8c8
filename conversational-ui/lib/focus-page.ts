/** Where the focus goes when what had it is gone: else whoever works by keys begins at the top. */
export const focusPage = (): void =>
  document.getElementById("main")?.focus({ preventScroll: true });
