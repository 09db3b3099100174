import { ApiError } from '../../../src/errors.ts'

/** The outcome of a refusal the module documents; every other error is a finding. */
export function refusal(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  // Up to what it quotes or counts: a new kind of refusal is a new outcome, a new value is none.
  return `${error.code} ${error.message.split(/['"(\d]/, 1)[0]!.slice(0, 60)}`
}
