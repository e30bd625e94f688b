import { createTheme, localStorageColorSchemeManager } from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'blue',
  // Enough contrast for small text on filled and outlined parts, in both schemes.
  primaryShade: { light: 7, dark: 8 },
  autoContrast: true,
  cursorType: 'pointer',
  respectReducedMotion: true,
})

/** The same key as in public/color-scheme.js. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: 'lumber-color-scheme' })

/** The nonce that the service gave this page: styles made at run time need it. */
export function styleNonce(): string | undefined {
  return document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce || undefined
}
