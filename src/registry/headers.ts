import { headersByName, type RequestHead } from '../wire/sigv4/request-head.ts'

/** Values by lower-case name, joined as HTTP joins them. */
export type Headers = Readonly<Record<string, string | undefined>>

/** A message's headers as they came, and by name where somebody has read them already. */
export type HeaderLines = Readonly<{ rawHeaders: readonly string[]; headers?: Headers }>

/** A request as a call is read from it. */
export type CallHead = RequestHead & HeaderLines

export function headersOf({ rawHeaders, headers }: HeaderLines): Headers {
  if (headers) return headers
  const found = headersByName({ method: '', target: '', rawHeaders })
  return Object.fromEntries([...found].map(([name, values]) => [name, values.join(',')]))
}
