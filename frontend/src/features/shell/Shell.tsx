import { Anchor, AppShell, Burger, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, useRouterState } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { AccountMenu } from './AccountMenu'
import { ColorSchemeButton } from './ColorSchemeButton'
import { ConnectionBanner } from './ConnectionBanner'
import { Navigation } from './Navigation'
import classes from './Shell.module.css'
import { ZoneNote } from './ZoneNote'

interface ShellProps {
  /** What the header shows of work that goes on in other screens. */
  mark?: ReactNode
  children: ReactNode
}

/** The frame of every screen: name, navigation, time zone, colours and connection state. */
export function Shell({ mark, children }: ShellProps) {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.location.pathname })
  const lastPath = useRef(path)

  // After navigation, move the focus to the new screen for keyboards and screen readers.
  useEffect(() => {
    if (lastPath.current !== path) main.current?.focus({ preventScroll: true })
    lastPath.current = path
  }, [path])

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a href="#content" className={classes.skip}>
        Skip to content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close navigation' : 'Open navigation'}
              aria-expanded={isOpen}
            />
            <Anchor component={Link} to="/" underline="never" c="inherit">
              <Group gap="xs" wrap="nowrap">
                <img src="/favicon.svg" alt="" width={26} height={26} />
                <Text fw={700}>Lumber</Text>
              </Group>
            </Anchor>
          </Group>
          <Group gap="md" wrap="nowrap">
            {mark}
            <ZoneNote />
            <ColorSchemeButton />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main ref={main} id="content" tabIndex={-1} className={classes.main}>
        <ConnectionBanner />
        {children}
      </AppShell.Main>
    </AppShell>
  )
}
