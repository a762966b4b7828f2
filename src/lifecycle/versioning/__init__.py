"""Git and DVC: earlier versions, how they differ, releasing one and going back to it."""
