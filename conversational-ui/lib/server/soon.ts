const SOON_MILLISECONDS = 500;

/** What is awaited, where it comes soon; else what stands in for it. */
export async function soon<T, L>(awaited: Promise<T>, standIn: L): Promise<T | L> {
  const late = Promise.withResolvers<L>();
  const timer = setTimeout(() => late.resolve(standIn), SOON_MILLISECONDS);
  try {
    return await Promise.race([awaited, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
