// A place for log files and digests in memory, that fails as a test tells it to.
import { type Destination, type Sink, SinkError, type SinkObject } from '../src/trails/contract.ts'

/** How a put ends that does not simply succeed. */
export type SinkFailure = Readonly<{
  /** S3's code; undefined when nobody answers. */
  code?: string
  /** The object is there although the put failed: its answer was lost. */
  stored?: boolean
}>

export class MemorySink implements Sink {
  /** By `<bucket>/<key>`: what lies there. */
  readonly objects = new Map<string, SinkObject>()
  /** Every put that was tried, in order. */
  readonly puts: Array<Readonly<{ destination: Destination; object: SinkObject }>> = []
  /** How puts end, by their position among all puts, from 1. */
  readonly failures = new Map<number, SinkFailure>()
  /** What each bucket refuses everything with: S3's code, or undefined for no answer. */
  readonly refusals = new Map<string, string | undefined>()
  /** Nobody answers. */
  unreachable = false

  async check({ bucket }: Destination): Promise<void> {
    this.#refuse(bucket)
  }

  async put(destination: Destination, object: SinkObject): Promise<void> {
    const { bucket } = destination
    const failure = this.failures.get(this.puts.push({ destination, object }))
    this.#refuse(bucket)
    if (failure && !failure.stored) throw new SinkError(failure.code, 'as the test wants it')
    const place = `${bucket}/${object.key}`
    const there = this.objects.get(place)
    if (there && !there.body.equals(object.body)) throw new Error(`${place}: another body`)
    this.objects.set(place, object)
    if (failure) throw new SinkError(failure.code, 'stored, as the test wants it')
  }

  #refuse(bucket: string): void {
    if (this.unreachable) throw new SinkError(undefined, 'unreachable')
    if (this.refusals.has(bucket)) throw new SinkError(this.refusals.get(bucket), 'refused')
  }
}
