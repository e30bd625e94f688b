import {
  type CSSVariablesResolver,
  Drawer,
  Modal,
  Notification,
  Table,
  createTheme,
  localStorageColorSchemeManager,
} from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'blue',
  // Enough contrast for small text on filled and outlined parts, in both schemes.
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close dialog' } } }),
    // A header of the page is a landmark, of which there is one: the heads of dialogs are none.
    ModalHeader: Modal.Header.extend({ defaultProps: { role: 'presentation' } }),
    DrawerHeader: Drawer.Header.extend({ defaultProps: { role: 'presentation' } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { 'aria-label': 'Close message' } },
    }),
    // A table that is wider than the window is scrolled with the arrow keys too.
    TableScrollContainer: Table.ScrollContainer.extend({
      defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0 } } },
    }),
  },
})

/** Text colours of the light scheme, dark enough for small text on white and on the notices' backgrounds. */
const LIGHT_TEXT: Record<string, string> = {
  blue: '#1864ab',
  green: '#237032',
  red: '#b82525',
  orange: '#a63607',
}

/** The library's dimmed and coloured texts have too little contrast, below 4.5 to 1. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c6670',
    '--mantine-color-placeholder': '#6b747c',
    '--mantine-color-error': '#b82525',
    ...Object.fromEntries(
      Object.entries(LIGHT_TEXT).flatMap(([name, color]) =>
        ['text', 'outline', 'light-color', 'filled'].map((use) => [`--mantine-color-${name}-${use}`, color]),
      ),
    ),
  },
  dark: {
    '--mantine-color-error': '#ff8787',
    '--mantine-color-dimmed': '#b8b8b8',
    '--mantine-color-placeholder': '#9a9a9a',
  },
})

/** The same key as in public/color-scheme.js. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: 'lumber-color-scheme' })

/** The nonce that the service gave this page: styles made at run time need it. */
export function styleNonce(): string | undefined {
  return document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce || undefined
}
