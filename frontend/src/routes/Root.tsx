import { Outlet } from '@tanstack/react-router'
import { Shell } from '@/features/shell/Shell'

/** Every screen, inside the shell. */
export function Root() {
  return (
    <Shell>
      <Outlet />
    </Shell>
  )
}
