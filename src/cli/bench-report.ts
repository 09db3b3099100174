import { type Figure, isMet, type Result } from './bench-claim.ts'

/** Where and on what a run was made. */
export type Machine = Readonly<{
  date: string
  version: string
  commit: string
  node: string
  processors: string
  memoryGigabytes: number
  system: string
}>

/** The figures of a run for a terminal: each claim, then its figures under one another. */
export function resultTable(results: readonly Result[]): string {
  return results
    .map(({ name, says, figures }) => {
      const rows = figures.map(cells)
      const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
      const lines = rows.map((row) =>
        row.map((cell, i) => (i === 1 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))),
      )
      return `${name}: ${says}\n${lines.map((line) => `  ${line.join('  ').trimEnd()}\n`).join('')}\n`
    })
    .join('')
}

/** `docs/benchmarks.md`. */
export function benchmarksPage(results: readonly Result[], machine: Machine): string {
  const missed = results.flatMap(({ figures }) => figures.filter((one) => isMet(one) === false))
  const { date, version, commit, node, processors, memoryGigabytes, system } = machine
  const head = [
    '# Benchmarks',
    '',
    'Written by `./contrail bench --write`; what is measured, and how, is in `bench/`, one file a claim.',
    'A ratio (×) compares two figures of the same run, so it says more than either on a machine that',
    'others use, too. CI holds ingest to a fixed distance from the least program that does the same',
    '(`test/bench/floor.test.ts`), because what part of a bare disk it reaches depends on the disk, and',
    'the other promises of the spine to their targets with a fifth of room (`spine.test.ts`).',
    '',
    `Contrail ${version} (${commit}), ${date}; Node ${node}, ${processors}, ` +
      `${memoryGigabytes} GB, ${system}.`,
    '',
    missed.length === 0
      ? 'Every target is met.'
      : `Not met: ${missed.length}, marked **no** below. Where the time goes, and what was tried: ` +
        '[decisions/performance.md](decisions/performance.md).',
  ]
  return `${[...head, ...results.flatMap(section)].join('\n')}\n`
}

function section({ name, says, figures, notes }: Result): string[] {
  return [
    '',
    `## ${name}`,
    '',
    `${says[0]!.toUpperCase()}${says.slice(1)}.`,
    '',
    '| what | measured | target | met |',
    '|---|--:|--:|---|',
    ...figures.map((figure) => {
      const [what, measured, target, met] = cells(figure)
      return `| ${what} | ${measured} | ${target} | ${met === 'no' ? '**no**' : met} |`
    }),
    ...notes.flatMap((note) => ['', note]),
  ]
}

function cells(figure: Figure): string[] {
  const { what, value, unit, atLeast, atMost } = figure
  const met = isMet(figure)
  const target =
    atLeast !== undefined
      ? `≥ ${amount(atLeast)} ${unit}`
      : atMost !== undefined
        ? `≤ ${amount(atMost)} ${unit}`
        : ''
  return [what, `${amount(value)} ${unit}`, target, met === undefined ? '' : met ? 'yes' : 'no']
}

/** Three digits that count, and thousands told apart: `0.412`, `7.25`, `52,300`. */
function amount(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 3 })
}
