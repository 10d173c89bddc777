"""Names of things: four chains of four categories each, of which one holds the next.

A thing is called after its category (an Oak School is a School), so that a problem can be solved from its text alone; the authors' things have names of
their own, such as daypack for a kind of backpack.
"""

CHAINS: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = (
    (
        ("City", ("Northern", "Southern", "Walled", "Coastal", "Mining")),
        ("School", ("Oak", "Elm", "Maple", "Willow", "Cedar")),
        ("Classroom", ("Blue", "Red", "Green", "Yellow", "White")),
        ("Box", ("Paper", "Wooden", "Metal", "Glass", "Plastic")),
    ),
    (
        ("Island", ("Palm", "Rocky", "Misty", "Coral", "Sandy")),
        ("Harbour", ("Lantern", "Anchor", "Gull", "Copper", "Tide")),
        ("Ship", ("Fishing", "Mail", "Cargo", "Pirate", "Rescue")),
        ("Chest", ("Iron", "Leather", "Painted", "Sealed", "Carved")),
    ),
    (
        ("Farm", ("Hilltop", "Riverside", "Valley", "Meadow", "Forest")),
        ("Barn", ("Long", "Round", "Stone", "Brick", "Tall")),
        ("Shelf", ("Upper", "Lower", "Middle", "Corner", "Window")),
        ("Basket", ("Straw", "Wicker", "Apple", "Potato", "Berry")),
    ),
    (
        ("Museum", ("Royal", "Modern", "Village", "Science", "Railway")),
        ("Hall", ("Marble", "Golden", "Silver", "Mirror", "Echo")),
        ("Cabinet", ("Insect", "Mineral", "Fossil", "Coin", "Clock")),
        ("Drawer", ("Narrow", "Wide", "Deep", "Flat", "Locked")),
    ),
)
LAYERS = 4
ITEMS = 5
"""Things of a category that there are at most."""
LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
