import { Anchor, NavLink, Text } from '@mantine/core'
import { Link, useRouterState } from '@tanstack/react-router'
import { Icon, type IconName } from '@/components/Icon'
import type { Scope } from '@/lib/api/session'
import { may, useSession } from '@/lib/session'

interface Place {
  to:
    | '/'
    | '/exports'
    | '/datasets'
    | '/schedules'
    | '/destinations'
    | '/notices'
    | '/data'
    | '/users'
    | '/policies'
    | '/audit'
    | '/audit/outgoing'
  label: string
  icon: IconName
  /** The right that the page needs. */
  scope: Scope
  /** Not shown without accounts: one person alone has no use for it. */
  isForTeams?: boolean
}

const PLACES: Place[] = [
  { to: '/', label: 'New export', icon: 'plus', scope: 'exports:write' },
  { to: '/exports', label: 'History', icon: 'history', scope: 'exports:read' },
  { to: '/datasets', label: 'Datasets', icon: 'versions', scope: 'exports:read' },
  { to: '/schedules', label: 'Schedules', icon: 'calendar', scope: 'exports:read' },
  { to: '/destinations', label: 'Destinations', icon: 'store', scope: 'admin' },
  { to: '/notices', label: 'Notices', icon: 'bell', scope: 'exports:read' },
  { to: '/data', label: 'Data', icon: 'data', scope: 'sources:read' },
  { to: '/users', label: 'Users', icon: 'users', scope: 'admin', isForTeams: true },
  { to: '/policies', label: 'Policies', icon: 'policy', scope: 'admin', isForTeams: true },
  { to: '/audit/outgoing', label: 'Outgoing data', icon: 'outgoing', scope: 'audit:read', isForTeams: true },
  { to: '/audit', label: 'Audit trail', icon: 'list', scope: 'audit:read', isForTeams: true },
]

interface NavigationProps {
  onNavigate: () => void
}

/** Links to the screens that the person may use. */
export function Navigation({ onNavigate }: NavigationProps) {
  const path = useRouterState({ select: (state) => state.location.pathname })
  const { accounts_on, account } = useSession()
  const shown = PLACES.filter(({ scope, isForTeams }) => may(account, scope) && (accounts_on || !isForTeams))
  return (
    <>
      <nav aria-label="Main">
        {shown.map(({ to, label, icon }) => {
          const isHere =
            to === '/' || to === '/audit' ? path === to : path === to || path.startsWith(`${to}/`)
          return (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={label}
              leftSection={<Icon name={icon} />}
              active={isHere}
              aria-current={isHere ? 'page' : undefined}
              onClick={onNavigate}
            />
          )
        })}
      </nav>
      {!accounts_on && (
        <Text size="xs" c="dimmed" mt="auto" p="xs">
          No accounts: no sign-in.{' '}
          <Anchor component={Link} to="/setup" size="xs" underline="always" onClick={onNavigate}>
            Accounts
          </Anchor>
        </Text>
      )}
    </>
  )
}
