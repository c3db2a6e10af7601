"""What a training image goes through on its way to the model: augmentation, mixing, batches."""
