"""Rules about domains that neither send nor receive mail: by the profile `parked`, or by what they say of themselves."""
