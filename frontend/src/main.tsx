import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './early-shell.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueryClient } from '@/lib/api/query-client'
import { sessionQuery } from '@/lib/api/session'
import { styleNonce } from '@/lib/theme'
import { App } from '@/routes/App'
import { createAppRouter } from '@/routes/router'

// Where the library that locks scrolling behind dialogs looks for it.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() })

const root = document.getElementById('root')
if (root !== null) {
  const queryClient = createQueryClient()
  // While the page's own chunk loads.
  void queryClient.prefetchQuery(sessionQuery())
  createRoot(root).render(
    <StrictMode>
      <App router={createAppRouter()} queryClient={queryClient} />
    </StrictMode>,
  )
}
