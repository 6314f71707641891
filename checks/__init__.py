"""What looks at the world and returns Evidence; it knows no limit and gives no opinion."""
