import { readdirSync } from 'node:fs'

export const dayMs = 24 * 3600_000

/** UTC days since the epoch; each has a database of its own. */
export function dayOf(ms: number): number {
  return Math.floor(ms / dayMs)
}

/** `2026-11-21.db` */
export function dayFile(day: number): string {
  return `${new Date(day * dayMs).toISOString().slice(0, -14)}.db`
}

/** The first day that event history still holds; what is older is neither indexed nor answered. */
export function oldestDay(now: number, historyDays: number): number {
  return dayOf(now) - historyDays
}

/** The days that have a file in the folder, newest first. */
export function listDays(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => /^(\d{4}|[+-]\d{6})-\d\d-\d\d\.db$/.test(name))
    .map((name) => dayOf(Date.parse(name.slice(0, -3))))
    .sort((a, b) => b - a)
}
