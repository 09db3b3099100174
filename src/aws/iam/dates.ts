/** IAM's dates have no fractions of a second; they are cut off, so that none lies ahead of the truth. */
export function date(ms: number): Date {
  return new Date(ms - (ms % 1000))
}
