import { Button, Divider, Stack } from '@mantine/core'
import type { LoginProvider } from '@/lib/api/session'

interface ProvidersProps {
  providers: LoginProvider[]
  /** Where to go when signed in: an address of these pages. */
  next: string
  /** Keeps this page: what was typed in it stays. */
  isInNewTab?: boolean
}

/** Links to the providers of OpenID Connect; nothing if there are none. */
export function Providers({ providers, next, isInNewTab = false }: ProvidersProps) {
  if (providers.length === 0) return null
  return (
    <Stack gap="sm">
      <Divider label="or" />
      {providers.map(({ id, name, login_url }) => (
        <Button
          key={id}
          component="a"
          variant="default"
          href={loginAddress(login_url, next)}
          {...(isInNewTab && { target: '_blank', rel: 'noopener' })}
        >
          Sign in with {name}
          {isInNewTab && ' (new tab)'}
        </Button>
      ))}
    </Stack>
  )
}

function loginAddress(loginUrl: string, next: string): string {
  const url = new URL(loginUrl, window.location.origin)
  url.searchParams.set('next', next)
  return url.href
}
