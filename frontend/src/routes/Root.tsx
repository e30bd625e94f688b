import { Outlet } from '@tanstack/react-router'
import { UploadProvider } from '@/features/data/UploadProvider'
import { Shell } from '@/features/shell/Shell'

/** Every screen, inside the shell. */
export function Root() {
  return (
    <UploadProvider>
      <Shell>
        <Outlet />
      </Shell>
    </UploadProvider>
  )
}
