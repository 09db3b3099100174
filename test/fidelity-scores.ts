// Outcomes added up, by service.
import type { Outcome } from './fidelity.ts'

export type Score = {
  eventSource: string
  records: number
  /** Those whose call could be made again. */
  rebuilt: number
  /** Fields. */
  compared: number
  equal: number
  /** How often, by operation and path. */
  differences: Map<string, number>
  /** How often, by operation and reason. */
  notRebuilt: Map<string, number>
}

/** One score for each event source, those with most records first. */
export function scoresOf(outcomes: readonly Outcome[]): Score[] {
  const scores = new Map<string, Score>()
  for (const outcome of outcomes) {
    const { eventSource, eventName } = outcome
    const score = scores.get(eventSource) ?? empty(eventSource)
    scores.set(eventSource, score)
    score.records++
    if ('notRebuilt' in outcome) {
      count(score.notRebuilt, `${eventName}: ${outcome.notRebuilt}`)
      continue
    }
    score.rebuilt++
    score.compared += outcome.compared
    score.equal += outcome.compared - outcome.differences.length
    for (const { path } of outcome.differences) {
      count(score.differences, `${eventName} \`${path.replace(/\.\d+(?=\.|$)/g, '[]')}\``)
    }
  }
  return [...scores.values()].sort((a, b) => b.records - a.records)
}

function empty(eventSource: string): Score {
  const counts = { records: 0, rebuilt: 0, compared: 0, equal: 0 }
  return { eventSource, ...counts, differences: new Map(), notRebuilt: new Map() }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** All of them as one. */
export function total(scores: readonly Score[]): Score {
  const all = empty('all')
  for (const { records, rebuilt, compared, equal } of scores) {
    all.records += records
    all.rebuilt += rebuilt
    all.compared += compared
    all.equal += equal
  }
  return all
}

/** Of 100. */
export function percent({ compared, equal }: Pick<Score, 'compared' | 'equal'>): number {
  return compared === 0 ? 0 : (equal * 100) / compared
}

/** How often a carried field was there, and how often it came through as it was. */
export type CarriedScore = Readonly<{ field: string; compared: number; equal: number }>

/** One for each field. */
export function carriedScores(outcomes: readonly Outcome[]): CarriedScore[] {
  const all = outcomes.flatMap((outcome) => ('carried' in outcome ? outcome.carried : []))
  return [...Map.groupBy(all, ({ field }) => field)].map(([field, found]) => {
    const equal = found.filter(({ isEqual }) => isEqual).length
    return { field, compared: found.length, equal }
  })
}
