/** The time zones that the browser knows, UTC first. */
export const ZONES: string[] = [
  'UTC',
  ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC' && !name.startsWith('Etc/')),
]
