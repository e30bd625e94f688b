import { ActionIcon, Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type RefObject, useRef, useState } from 'react'
import { Icon } from '@/components/Icon'
import { ENDED, type ExportMetadata, datasetUrl, titleOf } from '@/lib/api/exports'
import { may, mayChange, useSession } from '@/lib/session'

export interface RowActions {
  name: (row: ExportMetadata) => void
  runAgain: (row: ExportMetadata) => void
  compare: (row: ExportMetadata) => void
  remove: (row: ExportMetadata) => void
}

interface RowMenuProps {
  row: ExportMetadata
  actions: RowActions
}

/** What can be done with one export of the history. A page has a hundred of them, so it is made when asked for. */
export function RowMenu({ row, actions }: RowMenuProps) {
  const [isMade, setMade] = useState(false)
  const [opened, setOpened] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const target = (
    <ActionIcon
      ref={button}
      variant="subtle"
      color="gray"
      aria-label={`Actions of ${titleOf(row)}`}
      aria-haspopup="menu"
      aria-expanded={opened}
      onClick={() => {
        setMade(true)
        setOpened((before) => !before)
      }}
    >
      <Icon name="more" />
    </ActionIcon>
  )
  if (!isMade) return target
  return (
    <Menu
      opened={opened}
      onChange={setOpened}
      onClose={() => focusOn(button)}
      position="bottom-end"
      withInitialFocusPlaceholder={false}
      width={200}
    >
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        <Items row={row} actions={actions} />
      </Menu.Dropdown>
    </Menu>
  )
}

/** Closing leads back to the button, unless a dialog opened. */
function focusOn(button: RefObject<HTMLButtonElement | null>) {
  const active = document.activeElement
  if (active === null || active === document.body || active.closest('[role="menu"]')) button.current?.focus()
}

function Items({ row, actions }: RowMenuProps) {
  const session = useSession()
  const isOwn = mayChange(session, row.owner)
  const mayExport = may(session.account, 'exports:write')
  const isCompleted = row.status === 'completed'
  return (
    <>
      <Menu.Item component={Link} to={`/exports/${row.export_id}`}>
        Open
      </Menu.Item>
      {isCompleted && (
        <Menu.Item component="a" href={datasetUrl(row.export_id)} download>
          Download
        </Menu.Item>
      )}
      {isCompleted && <Menu.Item onClick={() => actions.compare(row)}>Compare…</Menu.Item>}
      {isOwn && <Menu.Item onClick={() => actions.name(row)}>Name, tags, note…</Menu.Item>}
      {mayExport && ENDED.includes(row.status) && (
        <Menu.Item onClick={() => actions.runAgain(row)}>Run again</Menu.Item>
      )}
      {mayExport && (
        <Menu.Item component={Link} to={`/?from=${encodeURIComponent(row.export_id)}`}>
          Clone
        </Menu.Item>
      )}
      {isOwn && ENDED.includes(row.status) && (
        <Menu.Item c="red" onClick={() => actions.remove(row)}>
          Delete…
        </Menu.Item>
      )}
    </>
  )
}
