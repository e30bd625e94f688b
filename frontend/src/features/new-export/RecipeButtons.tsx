import { Button, Group, Text, Tooltip } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { RECIPES, type Recipe } from './recipes'

interface RecipeButtonsProps {
  onChoose: (config: Recipe['config']) => void
}

/** Buttons that fill the form for a common purpose. */
export function RecipeButtons({ onChoose }: RecipeButtonsProps) {
  return (
    <Group gap="xs" mb="md" role="group" aria-label="Recipes">
      <Text size="sm">Start with a recipe:</Text>
      {RECIPES.map(({ name, description, config }) => (
        <Tooltip
          key={name}
          label={description}
          multiline
          w={280}
          events={{ hover: true, focus: true, touch: false }}
        >
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              onChoose(config)
              notifications.show({ message: `Filled in the recipe “${name}”. ${description}` })
            }}
          >
            {name}
          </Button>
        </Tooltip>
      ))}
    </Group>
  )
}
