/** A progress bar in the site's colours rather than the browser's. */
export const PROGRESS_LOOK =
  "appearance-none overflow-hidden rounded-full bg-hover [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-accent [&::-moz-progress-bar]:bg-accent";
