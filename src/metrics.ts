/** What `/metrics` answers: Prometheus text exposition, version 0.0.4. */
export type Metric = Readonly<{
  /** `contrail_journal_records_total`: counters end in `_total`. */
  name: string
  help: string
  type: 'counter' | 'gauge'
  /** Asked at each scrape. */
  samples(): Iterable<Readonly<{ labels?: Readonly<Record<string, string>>; value: number }>>
}>

/** Prints all metrics, in the order given. */
export function exposition(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, help, type, samples }) => {
      const lines = [...samples()].map(({ labels, value }) => `${name}${braces(labels)} ${value}\n`)
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
    })
    .join('')
}

/** A counter by label values, bounded: past `seriesMax` sets of labels the rest are counted as "other". */
export class Counter {
  readonly #values = new Map<string, { labels: Record<string, string>; value: number }>()
  readonly #seriesMax: number

  constructor(seriesMax = 1_000) {
    this.#seriesMax = seriesMax
  }

  add(labels: Record<string, string>, by = 1): void {
    const key = JSON.stringify(labels)
    const found = this.#values.get(key)
    if (found) found.value += by
    else if (this.#values.size < this.#seriesMax) this.#values.set(key, { labels, value: by })
    else if (!('other' in labels)) this.add({ other: 'true' }, by)
    else this.#values.set(key, { labels, value: by })
  }

  samples(): Iterable<{ labels: Record<string, string>; value: number }> {
    return this.#values.values()
  }
}

function braces(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
