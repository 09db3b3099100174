/**
 * Whether it can be a Region's name, in keys of log files and digests. A record that names something else is
 * delivered with those of the trail's home Region.
 */
export function isRegionName(name: string): boolean {
  return /^[a-z0-9-]{1,32}$/.test(name)
}
