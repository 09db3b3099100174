const corrupt = 11
const notADatabase = 26

/** Whether SQLite says that the file itself is not what it wrote; waiting will not mend it. */
export function isCorrupt(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode
  return code !== undefined && [corrupt, notADatabase].includes(code & 0xff)
}
