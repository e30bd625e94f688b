import { NavLink } from '@mantine/core'
import { Link, useRouterState } from '@tanstack/react-router'
import { Icon, type IconName } from '@/components/Icon'

interface Place {
  to: '/' | '/exports' | '/data'
  label: string
  icon: IconName
}

const PLACES: Place[] = [
  { to: '/', label: 'New export', icon: 'plus' },
  { to: '/exports', label: 'History', icon: 'history' },
  { to: '/data', label: 'Data', icon: 'data' },
]

interface NavigationProps {
  onNavigate: () => void
}

/** Links to all screens. */
export function Navigation({ onNavigate }: NavigationProps) {
  const path = useRouterState({ select: (state) => state.location.pathname })
  return (
    <nav aria-label="Main">
      {PLACES.map(({ to, label, icon }) => {
        const isHere = to === '/' ? path === '/' : path.startsWith(to)
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
  )
}
