// A program that ends between any two of its effects, and begins again: how crashes are told in memory.

export class Mortal {
  #effects = 0
  #killAt = Number.POSITIVE_INFINITY
  #killed = Promise.withResolvers<void>()
  #life = 0

  /**
   * Begins a life; what an earlier one still does has no effect from now on. Every effect goes through the
   * function that is returned.
   */
  protected live(): <T>(act: () => Promise<T> | T) => Promise<T> {
    const life = ++this.#life
    this.#killed = Promise.withResolvers()
    return async (act) => {
      await this.#point(life)
      try {
        return await act()
      } finally {
        await this.#point(life)
      }
    }
  }

  /**
   * The process ends at the `n`th point from now: before or after an effect, in turns. Nothing has an effect
   * from then on, and nobody hears anything.
   */
  killAt(n: number): void {
    this.#effects = 0
    this.#killAt = n
  }

  get isKilled(): boolean {
    return this.#effects >= this.#killAt
  }

  /** Resolves with the task or with the end of the process, whichever comes first. */
  async until(task: Promise<unknown>): Promise<void> {
    await Promise.race([task, this.#killed.promise])
  }

  async #point(life: number): Promise<void> {
    if (life === this.#life && ++this.#effects >= this.#killAt) this.#killed.resolve()
    if (life !== this.#life || this.isKilled) await new Promise(() => undefined)
  }
}
